-- out/q6.jsonl
WITH winners AS (
  SELECT A.id, A.seller, B.price, B.dateTime
  FROM auction AS A JOIN bid AS B ON A.id = B.auction AND B.dateTime BETWEEN A.dateTime AND A.expires
  QUALIFY row_number() OVER (PARTITION BY A.id ORDER BY B.price DESC, B.dateTime, B.arrival) = 1
), last_ten AS (
  SELECT seller, price
  FROM winners
  QUALIFY row_number() OVER (PARTITION BY seller ORDER BY dateTime DESC, id DESC) <= 10
)
SELECT seller, avg(price) AS avg_price FROM last_ten GROUP BY seller
