import SallyportProtos

struct ContextView: ListView, DetailView {
  let name: String
  let pools: [String]
  let createdAt: String

  enum CodingKeys: String, CodingKey {
    case name, pools
    case createdAt = "created_at"
  }

  init(_ context: Sallyport_Operator_V1_Context) {
    name = context.name
    pools = context.pools
    createdAt = context.createdAt.text
  }

  static let columns = ["name", "pools", "created"]
  var cells: [String] { [name, pools.joined(separator: ", "), createdAt] }
  var details: [(name: String, value: String)] {
    [("name", name), ("pools", pools.joined(separator: ", ")), ("created", createdAt)]
  }
}
