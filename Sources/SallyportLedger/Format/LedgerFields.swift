/// What a record says besides the four members that every record begins with: JSON members, each
/// with a comma before it, in the order of the calls.
///
/// Every text and list is cut to a bound, so that a record made of at most two lists, one SPIFFE ID
/// and six other texts fits into a line.
package struct LedgerFields: Sendable {
  /// Bytes of a text, as escaped.
  static let maximumText = 768
  /// Bytes of a SPIFFE ID: the specification's own bound.
  static let maximumIdentity = 2_048
  /// Bytes of the items of a list, as escaped, with quotes and commas.
  static let maximumList = 4_096

  private(set) var bytes: [UInt8] = []

  /// Leaves the member out where there is no value.
  package mutating func text(_ name: StaticString, _ value: String?) {
    text(name, value, limit: Self.maximumText)
  }

  package mutating func identity(_ name: StaticString, _ value: String?) {
    text(name, value, limit: Self.maximumIdentity)
  }

  private mutating func text(_ name: StaticString, _ value: String?, limit: Int) {
    guard let value else { return }
    begin(name)
    LedgerText.append(value, limit: limit, to: &bytes)
  }

  /// Leaves the member out where there is no value; one above 2^63 - 1 is written as that.
  package mutating func number(_ name: StaticString, _ value: UInt64?) {
    guard let value else { return }
    begin(name)
    bytes.append(contentsOf: String(min(value, UInt64(Int64.max))).utf8)
  }

  /// Leaves the member out where the list is empty. Where not all items fit, a second member,
  /// `<name>_omitted`, says how many were left out.
  package mutating func list(_ name: StaticString, _ list: LedgerList) {
    guard !list.isEmpty else { return }
    begin(name)
    bytes.append(UInt8(ascii: "["))
    var written = 0
    var room = Self.maximumList
    for item in list.items {
      let encoded = LedgerText.encoded(item, limit: LedgerList.maximumItemBytes)
      guard encoded.count + 1 <= room else { break }
      if written > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(contentsOf: encoded)
      room -= encoded.count + 1
      written += 1
    }
    bytes.append(UInt8(ascii: "]"))
    let omitted = list.omitted.addingReportingOverflow(UInt64(list.items.count - written))
    guard omitted.partialValue > 0 || omitted.overflow else { return }
    begin(name, suffix: "_omitted")
    bytes.append(
      contentsOf: String(min(omitted.overflow ? .max : omitted.partialValue, UInt64(Int64.max)))
        .utf8)
  }

  private mutating func begin(_ name: StaticString, suffix: StaticString = "") {
    bytes.append(contentsOf: [UInt8(ascii: ","), UInt8(ascii: "\"")])
    name.withUTF8Buffer { bytes.append(contentsOf: $0) }
    suffix.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: [UInt8(ascii: "\""), UInt8(ascii: ":")])
  }
}
