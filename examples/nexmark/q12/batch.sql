-- out/q12.jsonl
-- On a clock that shows the time of each bid when it comes, these are its windows.
SELECT
  bidder,
  time_bucket(INTERVAL 10 SECONDS, dateTime) AS window_start,
  window_start + INTERVAL 10 SECONDS AS window_end,
  count(*) AS bid_count
FROM bid
GROUP BY bidder, window_start
