package measure

import "math"

// Wind is one of the 16 compass directions, 北 = 0 and clockwise, in which the
// course of a boundary line is described. Each is 22.5° wide and centred on
// its direction from true north: 北 runs from 348°45′ to 11°15′.
type Wind uint8

var windNames = [16]string{
	"北", "北偏东北", "东北", "东偏东北", "东", "东偏东南", "东南", "南偏东南",
	"南", "南偏西南", "西南", "西偏西南", "西", "西偏西北", "西北", "北偏西北",
}

// WindOf returns the direction nearest to an azimuth in degrees clockwise from
// true north, any number of turns. On a limit it answers the clockwise one.
func WindOf(azimuthDeg float64) Wind {
	return Wind(int64(math.Floor(math.Mod(azimuthDeg, 360)/22.5+0.5)) & 15)
}

// String returns the direction's name as the survey standard writes it.
func (w Wind) String() string { return windNames[w&15] }
