package history

import (
	"fmt"

	"jieming/registry"
)

// Describe tells from a code of 12 digits and a name what a unit is: its
// level, its type (UnknownUnitType where the name doesn't say) and the elements
// of its name. The level is that of the last group of digits that is not zero;
// superior and custodian are left open. A code of another length is an error.
func Describe(code, name string) (registry.BaselineUnitVersion, error) {
	v := registry.BaselineUnitVersion{Superior: registry.NoRef, Custodian: registry.NoRef, EndedBy: registry.NoRef, Basis: registry.Published}
	if len(code) != 12 {
		return v, fmt.Errorf("describing unit %s: the code has %d digits, not 12", code, len(code))
	}
	switch {
	case code[9:] != "000":
		v.Level, v.Type = registry.LevelVillage, villageKind(code, name)
		v.Specific, v.Generic = splitVillage(name)
		return v, nil
	case code[6:9] != "000":
		v.Level, v.Type = registry.LevelTownship, townshipKind(name)
	default:
		k := kindOf(code[:6], name)
		v.Level, v.Type = k.level, k.unit
	}
	v.Specific, v.Generic = splitName(name, v.Type)
	return v, nil
}
