/// JSON as signed jobs use it: no fractions, no duplicate names, names in the order of the text.
package enum JSONValue: Hashable, Sendable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)
}
