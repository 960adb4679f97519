/// None: carries what it is given.
final class HonestRelay: RelayAttack {}
