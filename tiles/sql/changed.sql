-- The rows that entries after @since wrote or closed, by relation.
SELECT relation, array_agg(DISTINCT row_id)
FROM log_leaf
WHERE seq > @since AND relation = ANY (@relations)
GROUP BY relation
