package desk

import (
	"context"

	"jieming/registry"
)

// NoticePapers are the papers that people may download with a notice: those
// that were chosen, as far as they are public still.
func (d *Desk) NoticePapers(ctx context.Context, n *Notice) ([]Paper, error) {
	if len(n.Papers) == 0 {
		return nil, nil
	}
	c, err := d.record(ctx, n.Case)
	if err != nil {
		return nil, err
	}
	var out []Paper
	for _, id := range n.Papers {
		for _, p := range c.Papers {
			if p.ID == id && p.Secrecy == 0 {
				out = append(out, p)
			}
		}
	}
	return out, nil
}

// OpenNoticePaper returns a paper that people may download with a notice, and
// its bytes; KindNotFound for any other.
func (d *Desk) OpenNoticePaper(ctx context.Context, notice NoticeID, paper int64) (*Paper, Content, error) {
	n, err := d.PublicNotice(ctx, notice)
	if err != nil {
		return nil, nil, err
	}
	papers, err := d.NoticePapers(ctx, n)
	if err != nil {
		return nil, nil, err
	}
	for i := range papers {
		if papers[i].ID == paper {
			content, err := d.store.OpenFile(ctx, papers[i].Digest)
			return &papers[i], content, err
		}
	}
	return nil, nil, registry.NotFound("paper", paper)
}
