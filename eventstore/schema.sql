-- The log. `position` is our own counter, taken under the lock of the one row of `head`: no gaps, and the order of
-- positions is the order of commits, so that a reader who has seen N has seen everything below N.
CREATE SCHEMA IF NOT EXISTS suqiu;

CREATE TABLE IF NOT EXISTS suqiu.events (
    position           bigint      PRIMARY KEY,
    originator_id      text        NOT NULL,
    originator_version bigint      NOT NULL CHECK (originator_version > 0),
    topic              text        NOT NULL,
    state              bytea       NOT NULL,
    recorded_at        timestamptz NOT NULL,
    command_id         text        NOT NULL,
    leaf_hash          bytea       NOT NULL,
    UNIQUE (originator_id, originator_version)
);

CREATE TABLE IF NOT EXISTS suqiu.head (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint  NOT NULL
);
INSERT INTO suqiu.head (position) VALUES (0) ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS suqiu.readers (
    name     text        PRIMARY KEY,
    position bigint      NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT now()
);

-- Who runs: a row a part, written by the part's own work every few seconds (eventstore/parts/). `backend` is the server
-- process that has its lock; `terms` counts the holders each lock has had.
CREATE TABLE IF NOT EXISTS suqiu.parts (
    name       text        NOT NULL,
    holder     uuid        NOT NULL,
    kind       text        NOT NULL,
    host       text        NOT NULL,
    pid        integer     NOT NULL,
    backend    integer     NOT NULL,
    holding    boolean     NOT NULL,
    build      text        NOT NULL,
    epoch      bigint      NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    beat_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    detail     jsonb       NOT NULL DEFAULT '{}',
    PRIMARY KEY (name, holder)
);
CREATE TABLE IF NOT EXISTS suqiu.terms (
    name  text   PRIMARY KEY,
    epoch bigint NOT NULL
);

-- In which format all of this is (eventstore/store_format.py): a program that knows only lower ones refuses it.
CREATE TABLE IF NOT EXISTS suqiu.store_format (
    one    boolean     PRIMARY KEY DEFAULT true CHECK (one),
    format integer     NOT NULL,
    since  timestamptz NOT NULL DEFAULT now()
);

-- Streams that a reader set aside, from a row that it could not read or handle; read models keep their own beside their
-- tables.
CREATE TABLE IF NOT EXISTS suqiu.set_aside (
    reader   text        NOT NULL,
    stream   text        NOT NULL,
    position bigint      NOT NULL,
    version  bigint      NOT NULL,
    topic    text        NOT NULL,
    reason   text        NOT NULL,
    since    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (reader, stream)
);

-- Events are written once: the log refuses changes even from its own program.
CREATE OR REPLACE FUNCTION suqiu.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the event log is append-only: % refused', TG_OP;
END $$;
CREATE OR REPLACE TRIGGER events_are_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON suqiu.events
    FOR EACH STATEMENT EXECUTE FUNCTION suqiu.refuse_change();

-- Locks, numbers and inserts in one round trip. A stream whose next version is not the offered one is left out, whole;
-- the rest of the batch is written. Answers the rows written; what is missing from the answer clashed.
CREATE OR REPLACE FUNCTION suqiu.append_events(
    p_streams text[], p_versions bigint[], p_topics text[], p_states bytea[], p_commands text[], p_leaves bytea[],
    p_recorded timestamptz[]
) RETURNS TABLE (stream text, version bigint, at_position bigint) LANGUAGE plpgsql
-- As its owner: a role that may run it and write no row itself can add events and do nothing else (`grants.sql`).
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_head bigint;
BEGIN
    SELECT h.position INTO v_head FROM suqiu.head h FOR UPDATE;
    RETURN QUERY
    WITH offered AS (
        SELECT o.*
        FROM unnest(p_streams, p_versions, p_topics, p_states, p_commands, p_leaves, p_recorded)
            WITH ORDINALITY AS o (stream, version, topic, state, command, leaf, recorded, ord)
    ), firsts AS (
        SELECT o.stream, min(o.version) AS version FROM offered o GROUP BY o.stream
    ), fitting AS (
        SELECT f.stream FROM firsts f
        WHERE f.version = 1 + COALESCE(
            (SELECT max(e.originator_version) FROM suqiu.events e WHERE e.originator_id = f.stream), 0)
    ), numbered AS (
        SELECT o.*, v_head + row_number() OVER (ORDER BY o.ord) AS pos
        FROM offered o JOIN fitting USING (stream)
    ), written AS (
        INSERT INTO suqiu.events
        SELECT n.pos, n.stream, n.version, n.topic, n.state, n.recorded, n.command, n.leaf FROM numbered n ORDER BY n.pos
        RETURNING originator_id, originator_version, events.position
    ), moved AS (
        UPDATE suqiu.head SET position = v_head + (SELECT count(*) FROM numbered)
        WHERE EXISTS (SELECT 1 FROM numbered)
    )
    SELECT w.originator_id, w.originator_version, w.position FROM written w;
    PERFORM pg_notify('suqiu_events', '');
END $$;

-- Stretches of the log that tell a story with a clock of its own (the demo; tests): no judge of times goes by theirs, and
-- `audit verify` says that they are there. Written by `append_in_time` alone, for the store's owner.
CREATE TABLE IF NOT EXISTS suqiu.stories (
    first bigint PRIMARY KEY,
    until bigint NOT NULL CHECK (until >= first)
);

-- Whether something later was recorded before an event is asked without an index of every row: the log's times only rise.
CREATE INDEX IF NOT EXISTS events_in_time ON suqiu.events USING brin (position, recorded_at)
    WITH (pages_per_range = 16, autosummarize = on);

-- A clock that is wrong does no harm. Whoever inserts, a program of an earlier version too, nothing is kept that was recorded
-- more than a minute ahead of this database's time; only the owner, telling a story of another time, says so before.
CREATE OR REPLACE FUNCTION suqiu.refuse_ahead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('suqiu.story', true) = 'on'
        AND pg_has_role(session_user, (SELECT c.relowner FROM pg_class c WHERE c.oid = TG_RELID), 'USAGE') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'recorded % s ahead of the database''s time %: set the clock of the machine that writes',
        round(extract(epoch FROM NEW.recorded_at - statement_timestamp())), statement_timestamp()
        USING ERRCODE = 'SQC02';
END $$;
CREATE OR REPLACE TRIGGER nothing_is_recorded_ahead BEFORE INSERT ON suqiu.events
    FOR EACH ROW WHEN (NEW.recorded_at > statement_timestamp() + interval '1 minute')
    EXECUTE FUNCTION suqiu.refuse_ahead();

-- `append_events` for a process that says what its clock reads. SQC01: that differs from this statement's time by more than
-- the tolerance, either way. SQC02: a row is recorded ahead of this statement's time; in a story rows have a time of
-- their own, only the clock is judged, and `stories` keeps where it stands. Refused is all of it, and nothing is written. DETAIL: the difference in
-- seconds (above zero: ahead), and the database's time in seconds since 1970.
CREATE OR REPLACE FUNCTION suqiu.append_in_time(
    p_streams text[], p_versions bigint[], p_topics text[], p_states bytea[], p_commands text[], p_leaves bytea[],
    p_recorded timestamptz[], p_clock timestamptz, p_tolerance interval, p_story boolean
) RETURNS TABLE (stream text, version bigint, at_position bigint) LANGUAGE plpgsql AS $$
DECLARE
    v_now   timestamptz := statement_timestamp();  -- not after the wait for the lock: that wait is nobody's clock
    v_ahead interval := p_clock - v_now;
    v_first bigint;
    v_last  bigint;
BEGIN
    IF v_ahead NOT BETWEEN -p_tolerance AND p_tolerance THEN
        RAISE EXCEPTION 'the clock of the writing process differs from the database''s' USING ERRCODE = 'SQC01',
            DETAIL = extract(epoch FROM v_ahead) || ' ' || extract(epoch FROM v_now);
    END IF;
    IF NOT p_story THEN
        v_ahead := (SELECT max(each) FROM unnest(p_recorded) AS each) - v_now;
        IF v_ahead > interval '0' THEN
            RAISE EXCEPTION 'recorded ahead of the database''s time' USING ERRCODE = 'SQC02',
                DETAIL = extract(epoch FROM v_ahead) || ' ' || extract(epoch FROM v_now);
        END IF;
        RETURN QUERY SELECT * FROM suqiu.append_events(
            p_streams, p_versions, p_topics, p_states, p_commands, p_leaves, p_recorded);
        RETURN;
    END IF;
    PERFORM set_config('suqiu.story', 'on', true);
    FOR stream, version, at_position IN SELECT * FROM suqiu.append_events(
        p_streams, p_versions, p_topics, p_states, p_commands, p_leaves, p_recorded)
    LOOP
        v_first := least(v_first, at_position);
        v_last := greatest(v_last, at_position);
        RETURN NEXT;
    END LOOP;
    IF v_first IS NOT NULL THEN  -- under the lock of the head, so that stretches come one after the other
        UPDATE suqiu.stories SET until = v_last WHERE until = v_first - 1;
        IF NOT FOUND THEN
            INSERT INTO suqiu.stories VALUES (v_first, v_last);
        END IF;
    END IF;
END $$;

-- Keys live in a schema of their own: a backup of `suqiu` is unreadable where it should be.
CREATE SCHEMA IF NOT EXISTS suqiu_keys;
CREATE TABLE IF NOT EXISTS suqiu_keys.residents (
    resident text  PRIMARY KEY,
    wrapped  bytea NOT NULL
);
CREATE TABLE IF NOT EXISTS suqiu_keys.secrets (
    name    text  PRIMARY KEY,
    wrapped bytea NOT NULL
);
-- Which pseudonyms are of one person, and who vouched for it (eventstore/persons.py).
CREATE TABLE IF NOT EXISTS suqiu_keys.persons (
    resident   text        PRIMARY KEY,
    person     text        NOT NULL,
    how        text        NOT NULL,
    seen       text,
    vouched_by text        NOT NULL,
    vouched_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS residents_of_persons ON suqiu_keys.persons (person);
-- A sender's own id of a submission, as a keyed hash, in the order it was first given (eventstore/sender_ids.py).
CREATE TABLE IF NOT EXISTS suqiu_keys.sender_ids (
    number bigint GENERATED ALWAYS AS IDENTITY,
    mac    bytea NOT NULL,
    stream text  NOT NULL,
    PRIMARY KEY (mac, stream)
);
-- The codes by which residents act, as keyed hashes (eventstore/kept_codes.py), and how many wrong ones were given.
CREATE TABLE IF NOT EXISTS suqiu_keys.codes (
    stream   text  NOT NULL,
    resident text  NOT NULL,
    mac      bytea NOT NULL,
    PRIMARY KEY (stream, resident)
);
CREATE INDEX IF NOT EXISTS codes_by_resident ON suqiu_keys.codes (resident);
CREATE TABLE IF NOT EXISTS suqiu_keys.wrong_codes (
    stream      text        PRIMARY KEY,
    wrong       integer     NOT NULL,
    waits_until timestamptz
);

-- How the log proves itself (docs/evidence.md). `nodes`: roots of complete subtrees of 256 leaves, 65,536 and so on, so
-- that a proof reads a few hundred hashes; the tree is the same without them. `checkpoints`: signed heads, as given out.
CREATE TABLE IF NOT EXISTS suqiu.nodes (
    height smallint NOT NULL,
    number bigint   NOT NULL,
    hash   bytea    NOT NULL,
    PRIMARY KEY (height, number)
);
-- The map of heads at its checkpoints, 256 nodes of it: a node stands here with each size at which it became another. With
-- them the head of a stream at an old checkpoint needs the streams of one node, found by their place, and not all.
CREATE TABLE IF NOT EXISTS suqiu.head_nodes (
    number smallint NOT NULL,
    size   bigint   NOT NULL,
    hash   bytea    NOT NULL,
    PRIMARY KEY (number, size)
);
CREATE INDEX IF NOT EXISTS streams_by_place ON suqiu.events (get_byte(sha256(decode(originator_id, 'escape')), 0))
    WHERE originator_version = 1;
CREATE TABLE IF NOT EXISTS suqiu.checkpoints (
    size    bigint      PRIMARY KEY,
    note    text        NOT NULL,
    made_at timestamptz NOT NULL,
    stamp   bytea
);
CREATE INDEX IF NOT EXISTS checkpoints_by_time ON suqiu.checkpoints (made_at);
-- Whether a checkpoint that covers an event was signed before it, as `events_in_time` says it of later events.
CREATE INDEX IF NOT EXISTS checkpoints_in_time ON suqiu.checkpoints USING brin (size, made_at)
    WITH (pages_per_range = 16, autosummarize = on);
-- Service orders by the petition they were raised from: a dossier takes them in. Cut from the text, so that no body can
-- keep itself from being written.
CREATE INDEX IF NOT EXISTS orders_of_petitions
    ON suqiu.events (substring(encode(state, 'escape') FROM '"petition":"([^"]*)"')) WHERE topic = 'order.posted';
CREATE OR REPLACE TRIGGER checkpoints_are_written_once BEFORE DELETE OR TRUNCATE ON suqiu.checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION suqiu.refuse_change();

-- Witnesses' cosignatures beside them, a line of the note each: a note itself stays as it was stamped.
CREATE TABLE IF NOT EXISTS suqiu.cosignatures (
    size    bigint      NOT NULL,
    witness text        NOT NULL,
    line    text        NOT NULL,
    kept_at timestamptz NOT NULL,
    PRIMARY KEY (size, witness)
);
CREATE OR REPLACE TRIGGER cosignatures_are_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON suqiu.cosignatures
    FOR EACH STATEMENT EXECUTE FUNCTION suqiu.refuse_change();

-- Which petitions are merged into one: asked at each reply, and never by reading the log.
CREATE INDEX IF NOT EXISTS merged_petitions
    ON suqiu.events (substring(encode(state, 'escape') FROM '"into":"([^"]*)"')) WHERE topic = 'petition.merged';

-- Which petitions complain about a unit: asked by whoever lists petitions, to leave out what the reader may not know of.
CREATE INDEX IF NOT EXISTS complaints ON suqiu.events (originator_id, originator_version)
    WHERE topic IN ('petition.received', 'petition.reclassified', 'petition.triaged')
        AND substring(encode(state, 'escape') FROM '"complained_about":"([^"]*)"') IS NOT NULL;

-- By which versions of this script the store was made (their SHA-256): a program that finds its own here has all it needs
-- and runs it no more, nor needs the right to (`set_up.py`).
CREATE TABLE IF NOT EXISTS suqiu.set_ups (
    script  text        PRIMARY KEY,
    done_at timestamptz NOT NULL DEFAULT now()
);
