package snapround

// bucketBits is the width of a bucket in cells, as a power of two.
const bucketBits = 5

// buckets groups things by neighbourhood: squares of cells. Things are counted,
// laid out and put in two passes.
type buckets struct {
	low   int32
	wide  int // buckets in a row
	n     int
	begin []int32 // of each bucket; one more than there are
	fill  []int32
	items []int32
}

func (b *buckets) reset(low, high int32) {
	b.low = low
	b.wide = int(high-low)>>bucketBits + 1
	b.n = b.wide * b.wide
	if cap(b.begin) < b.n+1 {
		b.begin, b.fill = make([]int32, b.n+1), make([]int32, b.n)
	}
	b.begin, b.fill = b.begin[:b.n+1], b.fill[:b.n]
	clear(b.begin)
}

func (b *buckets) of(c Cell) int {
	return int(c.Y-b.low)>>bucketBits*b.wide + int(c.X-b.low)>>bucketBits
}

func (b *buckets) count(n int) { b.begin[n+1]++ }

// lay makes room for what was counted.
func (b *buckets) lay() {
	for i := range b.n {
		b.fill[i] = b.begin[i]
		b.begin[i+1] += b.begin[i]
	}
	total := int(b.begin[b.n])
	if cap(b.items) < total {
		b.items = make([]int32, total+total/2)
	}
	b.items = b.items[:total]
}

func (b *buckets) put(n int, item int32) {
	b.items[b.fill[n]] = item
	b.fill[n]++
}

func (b *buckets) members(n int) []int32 { return b.items[b.begin[n]:b.fill[n]] }

// each yields the members of the buckets that have several.
func (b *buckets) each(yield func([]int32)) {
	for n := range b.n {
		if b.begin[n+1]-b.begin[n] > 1 {
			yield(b.items[b.begin[n]:b.begin[n+1]])
		}
	}
}

// span yields the buckets that a segment passes within a cell of.
func (b *buckets) span(r *Rounder, s *segment, yield func(int)) {
	top, bottom := b.row(r.cell(min(s.ay, s.by))-1), b.row(r.cell(max(s.ay, s.by))+1)
	left, right := b.row(r.cell(min(s.ax, s.bx))-1), b.row(r.cell(max(s.ax, s.bx))+1)
	if top == bottom || left == right {
		for y := top; y <= bottom; y++ {
			for x := left; x <= right; x++ {
				yield(y*b.wide + x)
			}
		}
		return
	}
	for y := top; y <= bottom; y++ {
		x0, x1 := b.within(r, s, y)
		for x := max(left, x0); x <= min(right, x1); x++ {
			yield(y*b.wide + x)
		}
	}
}

// row returns the row or column of a cell, or the nearest there is.
func (b *buckets) row(c int32) int {
	return min(max(int(c-b.low)>>bucketBits, 0), b.wide-1)
}

// within returns the columns that a segment passes while it is in a row, with a
// cell to spare.
func (b *buckets) within(r *Rounder, s *segment, row int) (first, last int) {
	cell := float64(int64(1) << r.shift)
	north := (float64(int32(row<<bucketBits)+b.low) - 2) * cell
	south := north + float64(1<<bucketBits+4)*cell
	dy := float64(s.by - s.ay)
	if dy == 0 {
		return 0, b.wide - 1
	}
	t0, t1 := (north-float64(s.ay))/dy, (south-float64(s.ay))/dy
	if t0 > t1 {
		t0, t1 = t1, t0
	}
	t0, t1 = max(t0, 0), min(t1, 1)
	x0, x1 := float64(s.ax)+t0*float64(s.bx-s.ax), float64(s.ax)+t1*float64(s.bx-s.ax)
	if x0 > x1 {
		x0, x1 = x1, x0
	}
	return b.row(r.cell(int64(x0)) - 2), b.row(r.cell(int64(x1)) + 2)
}
