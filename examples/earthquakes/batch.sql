-- out/per-region-and-day.jsonl
WITH judged AS (
  SELECT
    *,
    date_trunc('day', "at") AS day,
    -- The watermark is a day and 1 ms behind the latest report that came before.
    max("at") OVER (ORDER BY arrival ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) - INTERVAL 1 DAY AS latest
  FROM earthquakes
), reports AS (
  SELECT *, coalesce(latest >= day + INTERVAL 1 DAY, false) AS late FROM judged
)
SELECT
  region, day AS window_start, day + INTERVAL 1 DAY AS window_end, count(*) AS reports, max(magnitude) AS strongest
FROM reports
WHERE NOT late
GROUP BY region, day

-- out/late.jsonl
WITH judged AS (
  SELECT
    *,
    date_trunc('day', "at") AS day,
    -- The watermark is a day and 1 ms behind the latest report that came before.
    max("at") OVER (ORDER BY arrival ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) - INTERVAL 1 DAY AS latest
  FROM earthquakes
), reports AS (
  SELECT *, coalesce(latest >= day + INTERVAL 1 DAY, false) AS late FROM judged
)
SELECT * EXCLUDE (arrival, day, latest, late) FROM reports WHERE late
