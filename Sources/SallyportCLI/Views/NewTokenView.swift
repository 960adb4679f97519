import SallyportProtos

/// A token that was just made: the only time that it is shown.
struct NewTokenView: DetailView {
  let id: String
  /// Nil where it went into a file.
  let token: String?
  let tokenFile: String?
  let pool: String
  let expiresAt: String

  enum CodingKeys: String, CodingKey {
    case id, token, pool
    case tokenFile = "token_file"
    case expiresAt = "expires_at"
  }

  init(_ response: Sallyport_Operator_V1_CreateTokenResponse, pool: String, file: String?) {
    id = response.tokenID
    token = file == nil ? response.token : nil
    tokenFile = file
    self.pool = pool
    expiresAt = response.expiresAt.text
  }

  var details: [(name: String, value: String)] {
    [
      ("id", id), ("pool", pool), ("expires", expiresAt),
      token.map { ("token", $0) } ?? ("token file", tokenFile ?? ""),
    ]
  }
}
