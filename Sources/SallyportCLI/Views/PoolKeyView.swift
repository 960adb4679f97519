import SallyportProtos

struct PoolKeyView: ListView, DetailView {
  let pool: String
  let keyID: String
  let publishedAt: String
  let publishedBy: String

  enum CodingKeys: String, CodingKey {
    case pool
    case keyID = "key_id"
    case publishedAt = "published_at"
    case publishedBy = "published_by"
  }

  init(_ key: Sallyport_Operator_V1_PoolKey) {
    pool = key.pool
    keyID = key.keyID
    publishedAt = key.publishedAt.text
    publishedBy = key.publishedBy
  }

  static let columns = ["key", "published", "by"]
  var cells: [String] { [keyID, publishedAt, publishedBy] }
  var details: [(name: String, value: String)] {
    [("key id", keyID), ("pool", pool), ("published", publishedAt), ("by", publishedBy)]
  }
}
