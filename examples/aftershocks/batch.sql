-- out/aftershocks.jsonl
WITH judged AS (
  SELECT
    *,
    -- The watermark is a day and 1 ms behind the latest report that came before.
    max("at") OVER (ORDER BY arrival ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) - INTERVAL 1 DAY AS latest
  FROM earthquakes
), reports AS (
  SELECT * FROM judged WHERE NOT coalesce("at" < latest, false)
)
SELECT
  a.region, a.id AS shock, a."at" AS "at", a.magnitude, b.id AS aftershock, b."at" AS then_at, b.magnitude AS then_magnitude
FROM reports a
JOIN reports b
  ON a.region IS NOT DISTINCT FROM b.region
  AND (b."at" > a."at" OR (b."at" = a."at" AND b.arrival > a.arrival))
  AND b."at" < a."at" + INTERVAL 1 DAY
WHERE a.magnitude >= 4.5 AND b.magnitude >= 2.5 AND b.magnitude < a.magnitude
QUALIFY row_number() OVER (PARTITION BY a.arrival ORDER BY b."at", b.arrival) = 1

-- out/aftershocks-alone.jsonl
WITH judged AS (
  SELECT
    *,
    max("at") OVER (ORDER BY arrival ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) - INTERVAL 1 DAY AS latest
  FROM earthquakes
), reports AS (
  SELECT * FROM judged WHERE NOT coalesce("at" < latest, false)
)
SELECT
  region, id AS shock, "at", magnitude, NULL AS aftershock, NULL AS then_at, NULL AS then_magnitude
FROM reports a
WHERE magnitude >= 4.5 AND NOT EXISTS (
  SELECT 1
  FROM reports b
  WHERE a.region IS NOT DISTINCT FROM b.region
    AND (b."at" > a."at" OR (b."at" = a."at" AND b.arrival > a.arrival))
    AND b."at" < a."at" + INTERVAL 1 DAY
    AND b.magnitude >= 2.5 AND b.magnitude < a.magnitude
)

-- out/aftershocks-late.jsonl
WITH judged AS (
  SELECT
    *,
    max("at") OVER (ORDER BY arrival ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) - INTERVAL 1 DAY AS latest
  FROM earthquakes
)
SELECT * EXCLUDE (arrival, latest) FROM judged WHERE coalesce("at" < latest, false)
