-- name: Tour
-- The facts are those of the wanted ones that the record shows of a person.
SELECT coalesce(t.away, false), coalesce(t.ticked, '{}'), ARRAY(
    SELECT f FROM unnest(@facts::text[]) f
    WHERE CASE split_part(f, '.', 1)
        WHEN 'FACTOR' THEN EXISTS (SELECT FROM desk.credential c WHERE c.account_id = @account AND c.factor IS NOT NULL)
        WHEN 'MAIL' THEN EXISTS (SELECT FROM desk.account a WHERE a.id = @account AND a.mail <> '')
        WHEN 'CHOICE' THEN EXISTS (SELECT FROM desk.mail_choice c WHERE c.account_id = @account)
        WHEN 'FEED' THEN EXISTS (SELECT FROM desk.feed d WHERE d.account_id = @account)
        WHEN 'VIEW' THEN EXISTS (SELECT FROM desk.saved_view v WHERE v.account_id = @account)
        WHEN 'HELD' THEN EXISTS (SELECT FROM desk.case_now n WHERE n.holder_id = @account)
        WHEN 'EVENT' THEN EXISTS (SELECT FROM desk.case_event e WHERE e.account_id = @account AND e.type = split_part(f, '.', 2))
        WHEN 'ACCESS' THEN EXISTS (SELECT FROM desk.access x WHERE x.account_id = @account AND x.kind = split_part(f, '.', 2))
    END)
FROM (SELECT) one LEFT JOIN desk.tour t ON t.account_id = @account;

-- name: TickTour
INSERT INTO desk.tour AS t (account_id, ticked) VALUES (@account, ARRAY[@step::text])
ON CONFLICT (account_id) DO UPDATE SET ticked = array_append(array_remove(t.ticked, @step::text), @step::text);

-- name: UntickTour
UPDATE desk.tour SET ticked = array_remove(ticked, @step::text) WHERE account_id = @account;

-- name: PutAwayTour
INSERT INTO desk.tour (account_id, away) VALUES (@account, @away)
ON CONFLICT (account_id) DO UPDATE SET away = excluded.away;
