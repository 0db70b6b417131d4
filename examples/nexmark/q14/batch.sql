-- out/q14.jsonl
SELECT
  auction,
  bidder,
  CAST(0.908 AS DOUBLE) * price AS price,
  CASE
    WHEN hour(dateTime) >= 8 AND hour(dateTime) <= 18 THEN 'dayTime'
    WHEN hour(dateTime) <= 6 OR hour(dateTime) >= 20 THEN 'nightTime'
    ELSE 'otherTime'
  END AS bidTimeType,
  dateTime,
  extra,
  len(list_filter(string_split(extra, ''), letter -> letter = 'c')) AS c_counts
FROM bid
WHERE CAST(0.908 AS DOUBLE) * bid.price > 1000000 AND CAST(0.908 AS DOUBLE) * bid.price < 50000000
