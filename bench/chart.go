package main

import (
	"fmt"
	"html"
	"strings"
)

// group is the bars of one figure. They have one scale.
type group struct {
	title string
	bars  []column
}

// column is the bar of one system. The first of a group is ours.
type column struct {
	name  string
	value float64
}

// groups are the throughputs, as far as they were measured.
func (r report) groups() []group {
	var groups []group
	for _, g := range [...]group{
		{title: "Raw bodies of 1 KiB, events/s", bars: r.columns("memory_throughput")},
		{title: "Typed events, JSON on both sides, events/s", bars: r.columns("typed_throughput")},
	} {
		if g.bars != nil {
			groups = append(groups, g)
		}
	}
	return groups
}

func (r report) columns(name string) []column {
	var bars []column
	for _, f := range r.figures {
		if f.name != name {
			continue
		}
		if bars == nil {
			bars = append(bars, column{"framebus", f.ours.median()})
		}
		bars = append(bars, column{f.peer, f.theirs.median()})
	}
	return bars
}

// scale is the value of the longest bar. The limit's would leave the others no length: where it would be longer
// than they are, it is as long as the scale, and cut.
func (g group) scale() float64 {
	most := 0.0
	for _, c := range g.bars {
		if c.name != limit {
			most = max(most, c.value)
		}
	}
	return most * 4 / 3
}

// Lengths in the chart, in pixels.
const (
	chartWidth, chartMargin = 760, 24
	titleHeight, groupGap   = 28, 18
	labelWidth, valueWidth  = 130, 150 // before and behind the bars
	barHeight, barStep      = 20, 30   // step is from one to the next
	barLength               = chartWidth - 2*chartMargin - labelWidth - valueWidth
	barLeft                 = chartMargin + labelWidth
)

// Its colours are its own, on a background of its own, so that it can be read on a page that is light or dark.
const (
	paper, frame     = "#ffffff", "#d0d7de"
	ink              = "#1f2328"
	ourBar, theirBar = "#0969da", "#8c959f"
)

// chart is a bar chart as SVG. Its font is one that the reader has.
func chart(groups []group) string {
	height := 2*chartMargin - groupGap
	for _, g := range groups {
		height += titleHeight + len(g.bars)*barStep + groupGap
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img"`+
		` font-family="system-ui, sans-serif" font-size="14" fill="%s">`+"\n", chartWidth, height, chartWidth, height, ink)
	fmt.Fprintf(&b, "<title>Throughput of framebus and of each peer, in events a second</title>\n")
	fmt.Fprintf(&b, `<rect width="%d" height="%d" rx="8" fill="%s" stroke="%s"/>`+"\n", chartWidth, height, paper, frame)
	y := chartMargin
	for _, g := range groups {
		fmt.Fprintf(&b, `<text x="%d" y="%d" font-weight="600">%s</text>`+"\n", chartMargin, y+14, html.EscapeString(g.title))
		y += titleHeight
		for i, c := range g.bars {
			colour := theirBar
			if i == 0 {
				colour = ourBar
			}
			drawBar(&b, c, g.scale(), y, colour)
			y += barStep
		}
		y += groupGap
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// drawBar draws a bar with its name and its value, from y downwards.
func drawBar(b *strings.Builder, c column, scale float64, y int, colour string) {
	length, value := max(c.value/scale, 0.002)*barLength, number(c.value)
	cut := length > barLength
	if cut {
		length, value = barLength, value+" (bar cut)"
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", barLeft-10, y+15, html.EscapeString(c.name))
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", barLeft, y, length, barHeight, colour)
	if cut {
		fmt.Fprintf(b, `<path d="M%d %d l8 -%d" stroke="%s" stroke-width="5"/>`+"\n",
			barLeft+barLength-34, y+barHeight+2, barHeight+4, paper)
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%d">%s</text>`+"\n", barLeft+length+8, y+15, value)
}
