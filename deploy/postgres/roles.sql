-- Run once by whoever administers PostgreSQL, before the first start:  psql --file deploy/postgres/roles.sql
-- Two roles and one database. The owner makes and changes tables (`suqiu store set-up`) and nothing else; every running
-- part connects as the program, which can add events and never change or delete one.
-- Passwords: `\password suqiu_owner` and `\password suqiu_program` afterwards, or another way in pg_hba.conf.
\set ON_ERROR_STOP on

SELECT 'CREATE ROLE ' || name || ' LOGIN' FROM (VALUES ('suqiu_owner'), ('suqiu_program')) AS roles (name)
WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = name) \gexec

-- So that the owner can make read models in the program's name when a backup is put back.
GRANT suqiu_program TO suqiu_owner;

SELECT 'CREATE DATABASE suqiu OWNER suqiu_owner TEMPLATE template0 ENCODING ''UTF8'''
WHERE NOT EXISTS (SELECT 1 FROM pg_database WHERE datname = 'suqiu') \gexec
REVOKE ALL ON DATABASE suqiu FROM PUBLIC;
-- CREATE: the program makes the schemas of its read models, which can be dropped and made again from the log.
GRANT CONNECT, CREATE ON DATABASE suqiu TO suqiu_program;

\connect suqiu
-- Made here, so that a part started too early cannot become the owner of the log.
CREATE SCHEMA IF NOT EXISTS suqiu AUTHORIZATION suqiu_owner;
CREATE SCHEMA IF NOT EXISTS suqiu_keys AUTHORIZATION suqiu_owner;
