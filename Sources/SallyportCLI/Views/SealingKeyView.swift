import SallyportSealing

struct SealingKeyView: DetailView {
  let keyID: String
  let algorithm = "X25519"
  let file: String

  enum CodingKeys: String, CodingKey {
    case algorithm, file
    case keyID = "key_id"
  }

  init(id: SealingKeyID, file: String) {
    keyID = id.description
    self.file = file
  }

  var details: [(name: String, value: String)] {
    [("key id", keyID), ("algorithm", algorithm), ("file", file)]
  }
}
