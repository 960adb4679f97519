import SallyportProtos

struct PoolView: ListView, DetailView {
  let name: String
  let kind: String
  let sealed: Bool
  let createdAt: String

  enum CodingKeys: String, CodingKey {
    case name, kind, sealed
    case createdAt = "created_at"
  }

  init(_ pool: Sallyport_Operator_V1_Pool) {
    name = pool.name
    kind = pool.kind.text
    sealed = pool.sealed
    createdAt = pool.createdAt.text
  }

  static let columns = ["name", "kind", "sealed", "created"]
  var cells: [String] { [name, kind, sealed ? "yes" : "no", createdAt] }
  var details: [(name: String, value: String)] {
    [("name", name), ("kind", kind), ("sealed", sealed ? "yes" : "no"), ("created", createdAt)]
  }
}
