using System.Globalization;
using System.Text;

namespace Hive.Etcd.Metrics;

/// <summary>Prometheus' text form: each family once, with its help and type before its samples.</summary>
internal sealed class MetricsText
{
    private readonly StringBuilder _text = new(32 * 1024);

    public void Gauge<T>(string name, string help, T value) => Single(name, "gauge", help, value);

    public void Counter<T>(string name, string help, T value) => Single(name, "counter", help, value);

    /// <summary>Begins a family whose samples have labels.</summary>
    public void Family(string name, string type, string help) => _text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    /// <param name="labels">Such as <c>a="1",b="2"</c>; values made with <see cref="Quoted"/>.</param>
    public void Sample<T>(string name, string labels, T value) => _text.Append(CultureInfo.InvariantCulture, $"{name}{{{labels}}} {value}\n");

    /// <summary>One histogram of a family that has begun.</summary>
    public void Histogram(string name, string labels, DurationHistogram histogram)
    {
        var before = labels.Length == 0 ? "" : labels + ",";
        for (var i = 0; i < histogram.BoundCount; i++)
            Sample(name + "_bucket", string.Create(CultureInfo.InvariantCulture, $"{before}le=\"{histogram.BoundAt(i).TotalSeconds}\""), histogram.CountUpTo(i));
        var all = histogram.CountUpTo(histogram.BoundCount);
        Sample(name + "_bucket", before + "le=\"+Inf\"", all);
        var shown = labels.Length == 0 ? "" : $"{{{labels}}}";
        _text.Append(CultureInfo.InvariantCulture, $"{name}_sum{shown} {histogram.Sum.TotalSeconds}\n{name}_count{shown} {all}\n");
    }

    /// <summary>A label's value with what would end it escaped.</summary>
    public static string Quoted(string value) =>
        "\"" + value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + "\"";

    public override string ToString() => _text.ToString();

    private void Single<T>(string name, string type, string help, T value)
    {
        Family(name, type, help);
        _text.Append(CultureInfo.InvariantCulture, $"{name} {value}\n");
    }
}
