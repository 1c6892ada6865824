-- name: FactorOf
SELECT factor
FROM desk.credential
WHERE account_id = @account;

-- name: SetFactor
INSERT INTO desk.credential (account_id, must_change, factor, factor_at, factor_step)
VALUES (@account, false, @factor, CASE WHEN @factor::bytea IS NOT NULL THEN @now::timestamptz END, @step)
ON CONFLICT (account_id) DO UPDATE SET factor = excluded.factor, factor_at = excluded.factor_at, factor_step = excluded.factor_step;

-- name: AddRecovery
INSERT INTO desk.recovery_code (account_id, digest)
SELECT @account, unnest(@digests::bytea[]);

-- name: DropRecovery
DELETE FROM desk.recovery_code
WHERE account_id = @account;

-- name: TakeStep
UPDATE desk.credential
SET factor_step = @step
WHERE account_id = @account AND factor_step < @step;

-- name: UseRecovery
UPDATE desk.recovery_code
SET used_at = @now
WHERE account_id = @account AND digest = @digest AND used_at IS NULL;

-- name: RecoveryLeft
SELECT count(*)
FROM desk.recovery_code
WHERE account_id = @account AND used_at IS NULL;
