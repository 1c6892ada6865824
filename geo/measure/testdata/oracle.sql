-- Oracle for geo/measure: random shapes of our own making, measured by PostGIS
-- geography (Karney's geodesics). Edges are densified as geometry first,
-- because geography edges are great circles. Run with psql -At -F ';' >
-- oracle.csv on PostGIS 3.3; the seed makes it repeatable.
SELECT setseed(0.22);

CREATE TEMP TABLE star AS
SELECT i, 18 + 36 * random() AS lat, 74 + 60 * random() AS lon,
       10 ^ (-3.5 + 3.7 * random()) AS radius, 3 + (random() * 10)::int AS n
FROM generate_series(1, 60) AS i;

CREATE TEMP TABLE ring AS
SELECT i, radius, array_agg(ST_Point(
         round((lon + radius * r * cos(2 * pi() * k / n))::numeric, 7)::float8,
         round((lat + radius * r * sin(2 * pi() * k / n))::numeric, 7)::float8, 4490)
       ORDER BY k) AS points
FROM (SELECT star.*, k, 0.4 + 0.6 * random() AS r
      FROM star, generate_series(0, n - 1) AS k) AS corner
GROUP BY i, radius;

SELECT 'area', ST_AsText(g),
       to_char(ST_Area(ST_Segmentize(g, radius / 2000)::geography), 'FM9999999999990.000000')
FROM (SELECT i, radius, ST_MakePolygon(ST_MakeLine(points || points[1])) AS g FROM ring) AS p ORDER BY i;

SELECT 'length', ST_AsText(g),
       to_char(ST_Length(ST_Segmentize(g, radius / 2000)::geography), 'FM9999999999990.000000')
FROM (SELECT i, radius, ST_MakeLine(points) AS g FROM ring) AS p ORDER BY i;

WITH pair AS (
  SELECT i, ST_Point(round((-180 + 360 * random())::numeric, 7)::float8, round((-89 + 178 * random())::numeric, 7)::float8, 4490) AS a,
            ST_Point(round((-180 + 360 * random())::numeric, 7)::float8, round((-89 + 178 * random())::numeric, 7)::float8, 4490) AS b
  FROM generate_series(1, 60) AS i
), near AS (  -- the last twenty: close to the antipodes
  SELECT i, a, CASE WHEN i <= 40 THEN b
    ELSE ST_Point(ST_X(a) + CASE WHEN ST_X(a) > 0 THEN -180 ELSE 180 END + round((random() - 0.5)::numeric, 7)::float8,
                  -ST_Y(a) + round((random() - 0.5)::numeric, 7)::float8, 4490) END AS b
  FROM pair
)
SELECT CASE WHEN i <= 40 THEN 'distance' ELSE 'antipodal' END, ST_AsText(ST_MakeLine(a, b)),
       to_char(ST_Distance(a::geography, b::geography), 'FM9999999999990.000000'),
       to_char(degrees(ST_Azimuth(a::geography, b::geography)), 'FM990.0000000000')
FROM near ORDER BY i;
