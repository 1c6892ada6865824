-- name: AddAccess
INSERT INTO desk.access (at, account_id, address, kind, object_kind, object_id, detail)
VALUES (@at, @account, @address, @kind, @object_kind, @object_id, @detail);
