package report

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"jieming/geo/coverage"
)

// kindName is what a kind of fault is called, and what it means.
type kindName struct{ Zh, En, ZhMeans, EnMeans string }

func kindOf(k coverage.Kind) kindName {
	name := kindNames(k)
	name.Zh, name.En = cmp.Or(name.Zh, string(k)), cmp.Or(name.En, string(k))
	return name
}

func kindNames(k coverage.Kind) kindName {
	switch k {
	case coverage.KindGap:
		return kindName{"缺口", "Gap", "四周都有单位，此处却不属于任何单位。", "Enclosed, and no unit covers it."}
	case coverage.KindOverlap:
		return kindName{"重叠", "Overlap", "两个或更多单位都画了此处。", "Two or more units cover it."}
	case coverage.KindSliver:
		return kindName{"碎条", "Sliver", "某单位在此有一小条狭长残片。", "A unit has a thin scrap here."}
	case coverage.KindDuplicateRegion:
		return kindName{"区域重复", "Duplicate region", "两个单位画的是同一块地。", "Two units draw the same territory."}
	case coverage.KindDuplicateRing:
		return kindName{"环重复", "Duplicate ring", "同一个环画了两次。", "The same ring twice."}
	case coverage.KindRepeatedPoint:
		return kindName{"重复点", "Repeated point", "顶点与前一点相同。", "A vertex equal to the one before."}
	case coverage.KindTJunction:
		return kindName{"丁字接点", "T-junction", "邻界上的顶点已插入本界。", "A vertex was inserted into the border beside it."}
	case coverage.KindSelfCrossing:
		return kindName{"自相交", "Self-crossing", "环与自身相交。", "A ring crosses itself."}
	case coverage.KindSelfTouch:
		return kindName{"自接触", "Self-touch", "环两次经过同一点。", "A ring visits a place twice."}
	case coverage.KindNearTouch:
		return kindName{"近接触", "Near touch", "环与自身近到取整后相接。", "A ring so near to itself that rounding joins it."}
	case coverage.KindSpike:
		return kindName{"尖刺", "Spike", "环沿原路折回。", "A ring runs back on itself."}
	case coverage.KindUnclosed:
		return kindName{"未闭合", "Unclosed ring", "环的末点不是首点。", "The last vertex is not the first."}
	case coverage.KindTooFewPoints:
		return kindName{"点数不足", "Too few points", "环没有围出面积。", "A ring that encloses nothing."}
	case coverage.KindWrongNesting:
		return kindName{"嵌套错误", "Wrong nesting", "孔在外环之外，或同一单位的各部分互相压盖。", "A hole outside its shell, or parts of one unit over each other."}
	case coverage.KindAdjacentParts:
		return kindName{"部分相邻", "Adjacent parts", "同一单位的两个多边形有公共边。", "Two polygons of one unit share a border."}
	case coverage.KindSplitInterior:
		return kindName{"内部切断", "Split interior", "同一多边形的环多处相接，把内部切开。", "Rings of one polygon meet so often that they cut it apart."}
	case coverage.KindBadCoordinate:
		return kindName{"坐标无效", "Bad coordinate", "不是经纬度。", "Not a longitude and latitude."}
	case coverage.KindEmpty:
		return kindName{"没有图形", "Empty", "单位没有多边形。", "A unit without polygon."}
	}
	return kindName{}
}

// areaText writes an area in m², with km² where that reads better.
func areaText(m2 float64) string {
	switch {
	case m2 >= 1e6:
		return grouped(m2/1e6, 2) + " km²"
	case m2 >= 100:
		return grouped(m2, 0) + " m²"
	default:
		return grouped(m2, 2) + " m²"
	}
}

// squareMetres writes an area in m² alone, for columns of figures.
func squareMetres(m2 float64) string {
	if math.Abs(m2) >= 100 {
		return grouped(m2, 0)
	}
	return grouped(m2, 2)
}

// signed writes a difference in m².
func signed(m2 float64) string {
	if m2 > 0 {
		return "+" + squareMetres(m2)
	}
	return squareMetres(m2)
}

func lengthText(m float64) string {
	if m >= 10_000 {
		return grouped(m/1000, 1) + " km"
	}
	return strings.TrimSuffix(grouped(m, 1), ".0") + " m"
}

// grouped writes a number with a comma between thousands.
func grouped(value float64, decimals int) string {
	text := strconv.FormatFloat(math.Abs(value), 'f', decimals, 64)
	whole, rest, dotted := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if dotted {
		whole += "." + rest
	}
	if value < 0 {
		return "−" + whole
	}
	return whole
}

// position writes a point as longitude and latitude in degrees.
func position(p orb.Point) string {
	side := func(v float64, positive, negative string) string {
		if v < 0 {
			return fmt.Sprintf("%.6f°%s", -v, negative)
		}
		return fmt.Sprintf("%.6f°%s", v, positive)
	}
	return side(p[0], "E", "W") + " " + side(p[1], "N", "S")
}

// roundTo rounds to a fraction, such as 1e3 for thousandths.
func roundTo(v, parts float64) float64 { return math.Round(v*parts) / parts }
