import SallyportSigning

struct SigningKeyView: DetailView {
  let keyID: String
  let algorithm = "Ed25519"
  let file: String

  enum CodingKeys: String, CodingKey {
    case algorithm, file
    case keyID = "key_id"
  }

  init(id: SigningKeyID, file: String) {
    keyID = id.rawValue
    self.file = file
  }

  var details: [(name: String, value: String)] {
    [("key id", keyID), ("algorithm", algorithm), ("public key", file)]
  }
}
