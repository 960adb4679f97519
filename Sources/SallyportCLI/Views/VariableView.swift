import SallyportProtos

struct VariableView: ListView, DetailView {
  let context: String
  let name: String
  let value: String
  let setAt: String
  let setBy: String

  enum CodingKeys: String, CodingKey {
    case context, name, value
    case setAt = "set_at"
    case setBy = "set_by"
  }

  init(_ variable: Sallyport_Operator_V1_Variable) {
    context = variable.context
    name = variable.name
    value = variable.value
    setAt = variable.setAt.text
    setBy = variable.setBy
  }

  static let columns = ["name", "value", "set", "by"]
  var cells: [String] { [name, value, setAt, setBy] }
  var details: [(name: String, value: String)] {
    [("name", name), ("context", context), ("value", value), ("set", setAt), ("by", setBy)]
  }
}
