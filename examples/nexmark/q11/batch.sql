-- out/q11.jsonl
WITH ordered AS (
  SELECT bidder, dateTime, lag(dateTime) OVER (PARTITION BY bidder ORDER BY dateTime) AS previous FROM bid
), numbered AS (
  SELECT bidder, dateTime, count(*) FILTER (previous IS NULL OR dateTime - previous >= INTERVAL 10 SECONDS)
    OVER (PARTITION BY bidder ORDER BY dateTime) AS session
  FROM ordered
)
SELECT
  bidder, min(dateTime) AS window_start, max(dateTime) + INTERVAL 10 SECONDS AS window_end, count(*) AS bid_count
FROM numbered
GROUP BY bidder, session
