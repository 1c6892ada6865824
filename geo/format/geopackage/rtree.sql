-- The triggers that keep the R-tree of a layer true when another program edits
-- the file (OGC 12-128r17, annex F.3). {table}, {column}, {key} and {index}
-- stand for quoted names, {name} for the bare name of the index.

CREATE TRIGGER {name_insert} AFTER INSERT ON {table}
WHEN (NEW.{column} NOT NULL AND NOT ST_IsEmpty(NEW.{column}))
BEGIN
  INSERT OR REPLACE INTO {index} VALUES (NEW.{key},
    ST_MinX(NEW.{column}), ST_MaxX(NEW.{column}), ST_MinY(NEW.{column}), ST_MaxY(NEW.{column}));
END;

CREATE TRIGGER {name_update1} AFTER UPDATE OF {column} ON {table}
WHEN OLD.{key} = NEW.{key} AND (NEW.{column} NOTNULL AND NOT ST_IsEmpty(NEW.{column}))
BEGIN
  INSERT OR REPLACE INTO {index} VALUES (NEW.{key},
    ST_MinX(NEW.{column}), ST_MaxX(NEW.{column}), ST_MinY(NEW.{column}), ST_MaxY(NEW.{column}));
END;

CREATE TRIGGER {name_update2} AFTER UPDATE OF {column} ON {table}
WHEN OLD.{key} = NEW.{key} AND (NEW.{column} ISNULL OR ST_IsEmpty(NEW.{column}))
BEGIN
  DELETE FROM {index} WHERE id = OLD.{key};
END;

CREATE TRIGGER {name_update3} AFTER UPDATE ON {table}
WHEN OLD.{key} != NEW.{key} AND (NEW.{column} NOTNULL AND NOT ST_IsEmpty(NEW.{column}))
BEGIN
  DELETE FROM {index} WHERE id = OLD.{key};
  INSERT OR REPLACE INTO {index} VALUES (NEW.{key},
    ST_MinX(NEW.{column}), ST_MaxX(NEW.{column}), ST_MinY(NEW.{column}), ST_MaxY(NEW.{column}));
END;

CREATE TRIGGER {name_update4} AFTER UPDATE ON {table}
WHEN OLD.{key} != NEW.{key} AND (NEW.{column} ISNULL OR ST_IsEmpty(NEW.{column}))
BEGIN
  DELETE FROM {index} WHERE id IN (OLD.{key}, NEW.{key});
END;

CREATE TRIGGER {name_delete} AFTER DELETE ON {table}
WHEN OLD.{column} NOT NULL
BEGIN
  DELETE FROM {index} WHERE id = OLD.{key};
END;
