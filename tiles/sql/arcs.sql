SELECT id, st_asbinary(geom, 'NDR')
FROM arc
WHERE id = ANY (@ids)
