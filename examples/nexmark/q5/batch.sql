-- out/q5.jsonl
WITH hops AS (
  SELECT auction, time_bucket(INTERVAL 2 SECONDS, dateTime) - to_seconds(2 * back.n) AS starts
  FROM bid, (SELECT unnest(range(5)) AS n) AS back
), counts AS (
  SELECT auction, starts, count(*) AS num FROM hops GROUP BY auction, starts
)
SELECT auction, num
FROM counts JOIN (SELECT starts, max(num) AS maxn FROM counts GROUP BY starts) AS most USING (starts)
WHERE num >= maxn
