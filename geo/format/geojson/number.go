package geojson

// exactPower holds the powers of ten that are exact in float64. Dividing an
// integer below 2^53 by one of them rounds once, and so gives the float64
// nearest to the decimal (W. D. Clinger, How to Read Floating Point Numbers
// Accurately, PLDI 1990).
var exactPower = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// parseDecimal reads a plain decimal such as -125.35624 at the start of b and
// returns its value and length. The length is 0 if b starts otherwise, ends
// before the number does, or the number has an exponent or more digits than
// the exact method holds: then the slow way has to decide.
func parseDecimal(b []byte) (value float64, length int) {
	i := 0
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		i = 1
	}
	start := i
	var digits uint64
	for i < len(b) && b[i]-'0' <= 9 {
		digits = digits*10 + uint64(b[i]-'0')
		i++
	}
	count := i - start
	if count == 0 || count > 1 && b[start] == '0' {
		return 0, 0
	}
	decimals := 0
	if i < len(b) && b[i] == '.' {
		point := i
		i++
		for i < len(b) && b[i]-'0' <= 9 {
			digits = digits*10 + uint64(b[i]-'0')
			i++
		}
		decimals = i - point - 1
		if decimals == 0 {
			return 0, 0
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		return 0, 0
	}
	// 19 digits cannot overflow the accumulator.
	if count+decimals > 19 || digits >= 1<<53 {
		return 0, 0
	}
	value = float64(digits) / exactPower[decimals]
	if negative {
		value = -value
	}
	return value, i
}

// numberLength returns the length of the JSON number at the start of b, 0 if
// there is none, and whether it is an integer.
func numberLength(b []byte) (length int, whole bool) {
	i := 0
	if i < len(b) && b[i] == '-' {
		i++
	}
	start := i
	i = skipDigits(b, i)
	if i == start || i-start > 1 && b[start] == '0' {
		return 0, false
	}
	whole = true
	if i < len(b) && b[i] == '.' {
		whole = false
		point := i + 1
		if i = skipDigits(b, point); i == point {
			return 0, false
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		whole = false
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		exponent := i
		if i = skipDigits(b, i); i == exponent {
			return 0, false
		}
	}
	return i, whole
}

func skipDigits(b []byte, i int) int {
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}
