-- What is told to whom, what the department has set, which days are worked, and
-- what people were reminded of.

-- +goose Up
CREATE TABLE desk.setting (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key    text NOT NULL CHECK (key <> ''),
    value  text NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    set_by bigint REFERENCES desk.account,
    seq    bigint NOT NULL REFERENCES registry.log
);
COMMENT ON TABLE desk.setting IS 'What the department has set; the latest row of a key holds';
COMMENT ON COLUMN desk.setting.id IS 'Identity; rises with time';
COMMENT ON COLUMN desk.setting.key IS 'Which setting, as in settings.csv';
COMMENT ON COLUMN desk.setting.value IS 'Its value; empty goes back to what the program ships with';
COMMENT ON COLUMN desk.setting.reason IS 'Why';
COMMENT ON COLUMN desk.setting.set_by IS 'Who set it; null for the command line';
COMMENT ON COLUMN desk.setting.seq IS 'Log entry that recorded it';
CREATE INDEX setting_key_idx ON desk.setting (key, id DESC);

CREATE TABLE desk.calendar_day (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    day     date NOT NULL,
    working boolean NOT NULL,
    note    text NOT NULL DEFAULT '',
    source  text NOT NULL CHECK (source <> ''),
    set_by  bigint REFERENCES desk.account,
    seq     bigint NOT NULL REFERENCES registry.log
);
COMMENT ON TABLE desk.calendar_day IS 'Days on which work is not as the weekday says; the latest row of a day holds';
COMMENT ON COLUMN desk.calendar_day.id IS 'Identity; rises with time';
COMMENT ON COLUMN desk.calendar_day.day IS 'The day';
COMMENT ON COLUMN desk.calendar_day.working IS 'Whether people work on it';
COMMENT ON COLUMN desk.calendar_day.note IS 'Why, such as 春节 or 调休';
COMMENT ON COLUMN desk.calendar_day.source IS 'The notice that says so, by number or title';
COMMENT ON COLUMN desk.calendar_day.set_by IS 'Who imported it; null for the command line';
COMMENT ON COLUMN desk.calendar_day.seq IS 'Log entry that recorded it';
CREATE INDEX calendar_day_day_idx ON desk.calendar_day (day, id DESC);

CREATE TABLE desk.reminder (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id  bigint NOT NULL REFERENCES registry.case_file,
    clock    text NOT NULL CHECK (clock <> ''),
    began_on date NOT NULL,
    due_on   date NOT NULL,
    mark     int NOT NULL,
    level    smallint NOT NULL DEFAULT 0 CHECK (level BETWEEN 0 AND 2),
    told     bigint[] NOT NULL DEFAULT '{}',
    at       timestamptz NOT NULL,
    seq      bigint NOT NULL REFERENCES registry.log,
    CONSTRAINT reminder_once_key UNIQUE (case_id, clock, began_on, due_on, mark, level)
);
COMMENT ON TABLE desk.reminder IS 'Reminders and escalations of clocks, each once';
COMMENT ON COLUMN desk.reminder.id IS 'Identity';
COMMENT ON COLUMN desk.reminder.case_id IS 'The case';
COMMENT ON COLUMN desk.reminder.clock IS 'The clock, as in clocks.csv';
COMMENT ON COLUMN desk.reminder.began_on IS 'Day from which it runs';
COMMENT ON COLUMN desk.reminder.due_on IS 'Its last day at the time: a clock that is extended reminds anew';
COMMENT ON COLUMN desk.reminder.mark IS 'Days before the last day: 90, 30, 7, 0; after it -1, and -8, -15 … each week';
COMMENT ON COLUMN desk.reminder.level IS '0 reminds who works on it; 1 tells their supervisor, 2 the supervisor above';
COMMENT ON COLUMN desk.reminder.told IS 'The accounts that were told';
COMMENT ON COLUMN desk.reminder.at IS 'When';
COMMENT ON COLUMN desk.reminder.seq IS 'Log entry that recorded it';

CREATE TABLE desk.message (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES desk.account,
    kind       text NOT NULL CHECK (kind <> ''),
    case_id    bigint REFERENCES registry.case_file,
    args       jsonb NOT NULL DEFAULT '{}',
    made_at    timestamptz NOT NULL,
    read_at    timestamptz,
    mail_at    timestamptz,
    mail_id    bigint
);
COMMENT ON TABLE desk.message IS 'What people are told, kept for a while';
COMMENT ON COLUMN desk.message.id IS 'Identity; rises with time';
COMMENT ON COLUMN desk.message.account_id IS 'Who is told';
COMMENT ON COLUMN desk.message.kind IS 'What happened, as in messages.csv';
COMMENT ON COLUMN desk.message.case_id IS 'In which case; null for none';
COMMENT ON COLUMN desk.message.args IS 'What the text names';
COMMENT ON COLUMN desk.message.made_at IS 'When';
COMMENT ON COLUMN desk.message.read_at IS 'When it was read; null while it was not';
COMMENT ON COLUMN desk.message.mail_at IS 'From when it goes out by mail unless it was read before; null for never';
COMMENT ON COLUMN desk.message.mail_id IS 'The mail that tells it; null for none yet';
CREATE INDEX message_account_id_idx ON desk.message (account_id, id DESC);
CREATE INDEX message_unread_idx ON desk.message (account_id, id DESC) WHERE read_at IS NULL;
CREATE INDEX message_mail_at_idx ON desk.message (mail_at) WHERE mail_at IS NOT NULL AND mail_id IS NULL;
CREATE INDEX message_made_at_idx ON desk.message (made_at);

CREATE TABLE desk.mail_choice (
    account_id bigint PRIMARY KEY REFERENCES desk.account,
    kinds      text[] NOT NULL,
    daily      boolean NOT NULL
);
COMMENT ON TABLE desk.mail_choice IS 'What a person wants by mail; who chose nothing gets what messages.csv says';
COMMENT ON COLUMN desk.mail_choice.account_id IS 'The person';
COMMENT ON COLUMN desk.mail_choice.kinds IS 'Kinds of message';
COMMENT ON COLUMN desk.mail_choice.daily IS 'Together, once a day; else at once';

CREATE TABLE desk.mail (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES desk.account,
    recipient  text NOT NULL CHECK (recipient <> ''),
    message_id text NOT NULL UNIQUE,
    subject    text NOT NULL,
    body       text NOT NULL,
    made_at    timestamptz NOT NULL,
    state      text NOT NULL DEFAULT 'QUEUED' CHECK (state IN ('QUEUED', 'SENT', 'DEAD')),
    tries      int NOT NULL DEFAULT 0,
    next_at    timestamptz NOT NULL,
    sent_at    timestamptz,
    answer     text NOT NULL DEFAULT ''
);
COMMENT ON TABLE desk.mail IS 'Mails that go out, kept for a while';
COMMENT ON COLUMN desk.mail.id IS 'Identity';
COMMENT ON COLUMN desk.mail.account_id IS 'To whom';
COMMENT ON COLUMN desk.mail.recipient IS 'The address';
COMMENT ON COLUMN desk.mail.message_id IS 'Its Message-ID, the same at every try';
COMMENT ON COLUMN desk.mail.subject IS 'Subject';
COMMENT ON COLUMN desk.mail.body IS 'Text';
COMMENT ON COLUMN desk.mail.made_at IS 'When it was written';
COMMENT ON COLUMN desk.mail.state IS 'QUEUED, SENT, or DEAD when it was given up';
COMMENT ON COLUMN desk.mail.tries IS 'How often it was tried';
COMMENT ON COLUMN desk.mail.next_at IS 'When it is tried next';
COMMENT ON COLUMN desk.mail.sent_at IS 'When the server took it';
COMMENT ON COLUMN desk.mail.answer IS 'What the server said when it did not';
CREATE INDEX mail_next_at_idx ON desk.mail (next_at) WHERE state = 'QUEUED';
CREATE INDEX mail_state_idx ON desk.mail (state, id DESC);

CREATE TABLE desk.feed (
    account_id bigint PRIMARY KEY REFERENCES desk.account,
    digest     bytea NOT NULL UNIQUE CHECK (length(digest) = 32),
    made_at    timestamptz NOT NULL,
    used_at    timestamptz
);
COMMENT ON TABLE desk.feed IS 'Secret addresses of the calendars of due dates';
COMMENT ON COLUMN desk.feed.account_id IS 'Whose calendar';
COMMENT ON COLUMN desk.feed.digest IS 'sha256 of the secret';
COMMENT ON COLUMN desk.feed.made_at IS 'When the address was made';
COMMENT ON COLUMN desk.feed.used_at IS 'When it was last read, to the minute';

CREATE TABLE desk.job (
    name     text PRIMARY KEY,
    began_at timestamptz NOT NULL,
    ended_at timestamptz,
    error    text NOT NULL DEFAULT ''
);
COMMENT ON TABLE desk.job IS 'What runs in the background, and how it went the last time';
COMMENT ON COLUMN desk.job.name IS 'Which';
COMMENT ON COLUMN desk.job.began_at IS 'When it last began';
COMMENT ON COLUMN desk.job.ended_at IS 'When it ended; null while it runs, or when the server was killed meanwhile';
COMMENT ON COLUMN desk.job.error IS 'Why it failed; empty if it did not';

-- +goose StatementBegin
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY '{setting,calendar_day,reminder}'::text[] LOOP
    PERFORM registry.log_table(('desk.' || t)::regclass);
  END LOOP;
END $$;
-- +goose StatementEnd

GRANT SELECT, INSERT ON desk.setting, desk.calendar_day, desk.reminder, desk.message, desk.mail_choice, desk.mail, desk.feed, desk.job TO jieming_writer;
GRANT UPDATE (read_at, mail_at, mail_id) ON desk.message TO jieming_writer;
GRANT UPDATE ON desk.mail_choice, desk.mail, desk.feed, desk.job TO jieming_writer;
GRANT DELETE ON desk.message, desk.mail, desk.feed TO jieming_writer;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA desk TO jieming_writer;

-- +goose Down
DROP TABLE desk.job, desk.feed, desk.mail, desk.mail_choice, desk.message, desk.reminder, desk.calendar_day, desk.setting;
