import SallyportProtos

struct SecretView: ListView, DetailView {
  let context: String
  let pool: String
  let name: String
  let version: UInt64
  let keyID: String
  let setAt: String
  let setBy: String

  enum CodingKeys: String, CodingKey {
    case context, pool, name, version
    case keyID = "key_id"
    case setAt = "set_at"
    case setBy = "set_by"
  }

  init(_ secret: Sallyport_Operator_V1_Secret) {
    context = secret.context
    pool = secret.pool
    name = secret.name
    version = secret.version
    keyID = secret.keyID
    setAt = secret.setAt.text
    setBy = secret.setBy
  }

  static let columns = ["name", "context", "pool", "version", "key", "set", "by"]
  var cells: [String] {
    [name, context, pool, "\(version)", String(keyID.prefix(16)), setAt, setBy]
  }
  var details: [(name: String, value: String)] {
    [
      ("name", name), ("context", context), ("pool", pool), ("version", "\(version)"),
      ("key id", keyID), ("set", setAt), ("by", setBy),
    ]
  }
}
