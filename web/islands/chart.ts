import type * as MapLibre from 'maplibre-gl';
import {hatch, palette} from './palette';
import {type Look, paint, source, style} from './style';
import {calm, texts} from './texts';

export type Library = typeof MapLibre;

/** A map of one day. The map page has one, and a second to compare with. */
export class Chart {
  readonly map: MapLibre.Map;

  constructor(library: Library, readonly container: HTMLElement, private look: Look, options: Partial<MapLibre.MapOptions>) {
    this.map = new library.Map({
      container, style: style(palette(), look), attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false,
      fadeDuration: calm() ? 0 : 150, maxZoom: 14, minZoom: 3.5, refreshExpiredTiles: false, renderWorldCopies: false,
      locale: {'Map.Title': texts.map ?? ''}, ...options,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.on('style.load', () => this.addHatch());
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.renew());
  }

  /** Shows the same map otherwise: another day's tiles, other layers, another unit. */
  show(look: Look) {
    const moved = look.tiles !== this.look.tiles;
    this.look = look;
    if (moved) this.map.getSource<MapLibre.VectorTileSource>(source)?.setTiles([look.tiles]);
    if (this.map.getLayer('county')) paint(this.map, palette(), look);
  }

  /**
   * Draws everything anew, tiles that failed included. The library (6.17.0)
   * leaves a failed tile loading for ever when its source gets new addresses.
   */
  renew() {
    this.map.setStyle(style(palette(), this.look), {diff: false});
  }

  remove() {
    this.map.remove();
    this.container.remove();
  }

  private addHatch() {
    const image = hatch(palette().hatch);
    if (this.map.hasImage('hatch')) this.map.updateImage('hatch', image);
    else this.map.addImage('hatch', image, {pixelRatio: 2});
  }
}
