/// First in, first out; takes no memory while it is empty.
struct WaitingLine<Element> {
  private var added: [Element] = []
  /// What was added before, last first.
  private var taken: [Element] = []

  var count: Int { added.count + taken.count }
  var isEmpty: Bool { added.isEmpty && taken.isEmpty }

  mutating func append(_ element: Element) { added.append(element) }

  mutating func popFirst() -> Element? {
    if taken.isEmpty {
      taken = added.reversed()
      added = []
    }
    let element = taken.popLast()
    if taken.isEmpty { taken = [] }
    return element
  }
}

extension WaitingLine: Sendable where Element: Sendable {}
