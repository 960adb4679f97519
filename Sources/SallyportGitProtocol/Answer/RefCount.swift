/// How many refs a server named, without the objects behind annotated tags.
package struct RefCount: Hashable, Sendable {
  package internal(set) var shown = 0
  package internal(set) var withheld = 0

  package init() {}
}
