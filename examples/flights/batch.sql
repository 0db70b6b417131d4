-- out/per-airport-and-day.jsonl
SELECT
  origin,
  time_bucket(INTERVAL 1 DAY, "at") AS window_start,
  window_start + INTERVAL 1 DAY AS window_end,
  count(*) AS flights,
  count(*) FILTER (delay > 15) AS late,
  avg(delay) AS mean_delay,
  max(delay) AS worst_delay,
  CAST(count(*) FILTER (delay > 15) AS DOUBLE) / count(*) AS late_share
FROM flights
GROUP BY origin, window_start
HAVING count(*) >= 5
