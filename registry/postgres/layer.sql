-- name: ListStops
SELECT w.layer, w.reason, l.recorded_at
FROM (SELECT DISTINCT ON (layer) layer, stopped, reason, seq FROM desk.layer_switch ORDER BY layer, id DESC) w
JOIN log l USING (seq)
WHERE w.stopped;

-- name: InsertLayerSwitch
INSERT INTO desk.layer_switch (layer, stopped, reason, account_id)
VALUES (@layer, @stopped, @reason, @account);

-- name: ListLayerSwitches
SELECT w.layer, w.stopped, w.reason, a.name, l.recorded_at
FROM desk.layer_switch w
JOIN desk.account a ON a.id = w.account_id
JOIN log l USING (seq)
ORDER BY w.id DESC
LIMIT 500;

-- name: ListenLog
LISTEN jieming_log;
