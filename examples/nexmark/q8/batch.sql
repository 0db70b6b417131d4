-- out/q8.jsonl
SELECT P.id, P.name, P.starts AS stime
FROM (
  SELECT DISTINCT id, name, time_bucket(INTERVAL 10 SECONDS, dateTime) AS starts FROM person
) AS P JOIN (
  SELECT DISTINCT seller, time_bucket(INTERVAL 10 SECONDS, dateTime) AS starts FROM auction
) AS A ON P.id = A.seller AND P.starts = A.starts
