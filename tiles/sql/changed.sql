-- The rows that entries after @since wrote or closed, by relation; and those of
-- townships that have come to hold territory, which are not read before.
SELECT relation, array_agg(DISTINCT row_id)
FROM (
  SELECT relation, row_id
  FROM log_leaf
  WHERE seq > @since AND relation = ANY (@relations)
  UNION ALL
  SELECT v.relation, v.row_id
  FROM log_leaf l
  JOIN tenure t ON t.id = l.row_id
  CROSS JOIN LATERAL unnest(t.unit_id || t.among) h(unit_id)
  CROSS JOIN LATERAL (
    SELECT 'unit_version', id FROM unit_version WHERE unit_id = h.unit_id AND level = 4
    UNION ALL
    SELECT 'code_version', id FROM code_version WHERE unit_id = h.unit_id AND code NOT LIKE '%000000') v(relation, row_id)
  WHERE l.seq > @since AND l.relation = 'tenure') x
GROUP BY relation
