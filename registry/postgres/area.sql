-- name: FillAreas
SELECT fill_areas(@t, @r, @level);
