import SallyportCLI
import Testing

@Suite struct TableTests {
  @Test func columnsAreAligned() {
    let table = Table(columns: ["id", "name"], rows: [["1", "a"], ["1000", ""], ["é日", "x"]])
    #expect(table.render() == "ID    NAME\n1     a\n1000  -\né日    x\n")
    #expect(Table(columns: ["id"], rows: []).render() == "ID\n")
    #expect(Table(details: [("a", "1"), ("long", "2")]).render() == "a     1\nlong  2\n")
  }

  @Test func cellsCannotForgeRows() {
    let table = Table(columns: ["a", "b"], rows: [["x\ny\u{1b}[1A", "\u{202e}z\r"]])
    #expect(table.render() == "A            B\nx\\ny\\x1b[1A  \\u{202e}z\\r\n")
  }
}
