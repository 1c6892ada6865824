-- Lines of arcs: all, or those named in @ids.
SELECT id, st_asbinary(geom, 'NDR')
FROM arc
WHERE (@ids::bigint[] IS NULL OR id = ANY (@ids))
