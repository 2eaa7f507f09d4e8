"""`suqiu petition …`: a page a petition, and every act of its life."""
