-- out/q4.jsonl
SELECT category, avg(final) AS final
FROM (
  SELECT A.id, A.category, max(B.price) AS final
  FROM auction AS A JOIN bid AS B ON A.id = B.auction AND B.dateTime BETWEEN A.dateTime AND A.expires
  GROUP BY A.id, A.category
)
GROUP BY category
