-- What the running program may do in the store; `suqiu store set-up --program ROLE` runs it as the tables' owner, and
-- psql with `-v program=ROLE`. Everything is taken away first: what is not named here is not allowed.
REVOKE ALL ON SCHEMA suqiu, suqiu_keys FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA suqiu, suqiu_keys FROM PUBLIC, :"program";
-- `append_events` runs as its owner and is the only way an event is written.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA suqiu FROM PUBLIC, :"program";

GRANT USAGE ON SCHEMA suqiu, suqiu_keys TO :"program";
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA suqiu TO :"program";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA suqiu, suqiu_keys TO :"program";

REVOKE INSERT, UPDATE, DELETE ON suqiu.events, suqiu.head, suqiu.set_ups, suqiu.store_format,
    suqiu.stories FROM :"program";
-- What was signed stays as it was signed; a time stamp comes beside it later.
REVOKE UPDATE, DELETE ON suqiu.checkpoints, suqiu.cosignatures FROM :"program";
GRANT UPDATE (stamp) ON suqiu.checkpoints TO :"program";

-- The space of a destroyed key is reused at once (PostgreSQL 17 and newer; older ones leave it to autovacuum).
SELECT set_config('suqiu.program', :'program', false);
DO $$ BEGIN
    IF current_setting('server_version_num')::int >= 170000 THEN
        EXECUTE format('GRANT MAINTAIN ON suqiu_keys.residents TO %I', current_setting('suqiu.program'));
    END IF;
END $$;
