import SallyportProtos

struct TokenView: ListView {
  let id: String
  let pool: String
  let createdAt: String
  let expiresAt: String
  let usesLeft: UInt32
  let revoked: Bool

  enum CodingKeys: String, CodingKey {
    case id, pool, revoked
    case createdAt = "created_at"
    case expiresAt = "expires_at"
    case usesLeft = "uses_left"
  }

  init(_ token: Sallyport_Operator_V1_Token) {
    id = token.id
    pool = token.pool
    createdAt = token.createdAt.text
    expiresAt = token.expiresAt.text
    usesLeft = token.usesLeft
    revoked = token.revoked
  }

  static let columns = ["id", "pool", "uses left", "expires", "revoked"]
  var cells: [String] { [id, pool, "\(usesLeft)", expiresAt, revoked ? "yes" : "no"] }
}
