using System.Collections;
using Pipelines.Engine.Definitions.Yaml;

namespace Pipelines.Engine.Definitions.Binding;

/// <summary>
/// Fills records from YAML. It goes on after a mistake, so that all are found at once: what cannot be read keeps its default, and its
/// path is remembered as failed. Paths are those that FluentValidation uses, so that its findings meet the places in the file.
/// </summary>
internal sealed partial class RecordReader(FileReport report)
{
    /// <summary>Every stage's kind was known; if not, nothing can be said about their order.</summary>
    public bool AllStagesKnown { get; private set; } = true;

    public TRecord Record<TRecord>(YamlPiece piece)
        where TRecord : class
    {
        report.Written("", piece.At);
        return (TRecord)Record(typeof(TRecord), piece, "", "the file", piece.At);
    }

    // 'where' is the place that stands for the whole record: its key, when it has one.
    private object Record(Type type, YamlPiece piece, string path, string key, Place where)
    {
        var shape = RecordShape.Of(type);
        var record = Blank(type);
        switch (piece)
        {
            case YamlRefused:
                report.Unread(path);
                break;
            case YamlMap map:
                var there = map.Entries.Select(x => x.Key).ToHashSet(StringComparer.Ordinal);
                foreach (var entry in map.Entries)
                {
                    // A misspelt key counts as written: that it is missing would be an echo.
                    if (Entry(type, record, shape, entry, path) is { } meant && there.Add(meant.Name))
                    {
                        report.Unread(Join(path, meant.Property.Name));
                    }
                }

                foreach (var missing in shape.Keys.Where(x => x.IsRequired && !there.Contains(x.Name)))
                {
                    Missing(missing, path, key, where);
                }

                break;
            case YamlText { IsNothing: true } when path.EndsWith(".Settings", StringComparison.Ordinal):
                foreach (var missing in shape.Keys.Where(x => x.IsRequired))
                {
                    Missing(missing, path, key, where);
                }

                break;
            case YamlText { IsNothing: false } text when shape.ShortForm is { } single:
                report.Written($"{path}.{single.Property.Name}", text.At);
                Property(record, single, text, $"{path}.{single.Property.Name}", key, text.At);
                break;
            default:
                var keys = $"a map with {string.Join(", ", shape.Keys.Select(x => x.Name))}";
                report.Failed(path, piece.At, $"{key} is {keys}, not {piece.Is}.{(piece is YamlText { IsNothing: true } ? " Write them, or take the line out." : "")}");
                break;
        }

        return record;
    }

    private void Missing(RecordKey missing, string path, string key, Place where) =>
        report.Failed(Join(path, missing.Property.Name), where, $"{key} needs '{missing.Name}'. Add it.");

    // Returns the key that was probably meant by an unknown one.
    private RecordKey? Entry(Type type, object record, RecordShape shape, YamlEntry entry, string path)
    {
        if (shape.Find(entry.Key) is not { } key)
        {
            // { hunter2 } is a key without a value: among secrets, such a word may be one.
            var named = entry.Value is YamlText { IsNothing: true } && shape.Keys.Any(x => x.Type == typeof(Secrets.SecretReference)) ? "unknown key" : $"unknown key '{entry.Key}'";
            report.Say(entry.At, $"{named}.{Belongs(type, entry.Key) ?? NearestWord.HintOrAll(entry.Key, [.. shape.Keys.Select(x => x.Name)])}");
            return NearestWord.Of(entry.Key, shape.Keys.Select(x => x.Name)) is { } meant ? shape.Find(meant) : null;
        }

        var at = Join(path, key.Property.Name);
        report.Written(at, entry.Value is YamlText { IsNothing: false } ? entry.Value.At : entry.At);
        Property(record, key, entry.Value, at, $"'{entry.Key}'", entry.At);
        return null;
    }

    private void Property(object record, RecordKey key, YamlPiece piece, string path, string name, Place where)
    {
        if (piece is YamlText { IsNothing: true })
        {
            report.Failed(path, where, $"{name} has no value. Write one after the colon, or take the line out.");
        }
        else if (Value(key.Type, piece, path, name, where) is { } value)
        {
            key.Property.SetValue(record, value);
        }
    }

    /// <summary>The value, or null after it was reported.</summary>
    private object? Value(Type type, YamlPiece piece, string path, string name, Place where)
    {
        if (piece is YamlRefused)
        {
            report.Unread(path);
            return null;
        }

        if (RecordShape.ItemOf(type) is { } item)
        {
            return item == typeof(StageDefinition) ? Stages(piece, path, name)
                : RecordShape.IsRecord(item) && RecordShape.Of(item).FromKey is not null ? Named(item, piece, path, name)
                : List(item, piece, path, name);
        }

        if (RecordShape.ValueOf(type) is { } element)
        {
            return Map(element, piece, path, name);
        }

        if (RecordShape.IsRecord(type) && type != typeof(Secrets.SecretReference))
        {
            return Record(type, piece, path, name, where);
        }

        if (piece is not YamlText { IsNothing: false } text)
        {
            report.Failed(path, piece.At, $"{name} is {What(type)}, not {piece.Is}.");
            return null;
        }

        var value = Values.Read(type, text, name, out var why);
        if (value is null)
        {
            report.Failed(path, text.At, why);
        }

        return value;
    }

    private IList? List(Type item, YamlPiece piece, string path, string name)
    {
        if (piece is not YamlList list)
        {
            report.Failed(path, piece.At, $"{name} is a list, not {piece.Is}.{(piece is YamlText ? " Put it in brackets: [ … ]." : "")}");
            return null;
        }

        var items = NewList(item);
        foreach (var element in list.Items)
        {
            var at = $"{path}[{items.Count}]";
            report.Written(at, element.At);
            // A placeholder keeps the numbers of the items behind it.
            items.Add(Value(item, element, at, $"an item of {name}", element.At) ?? Placeholder(item));
        }

        return items;
    }

    private IList? Named(Type item, YamlPiece piece, string path, string name)
    {
        if (piece is not YamlMap map)
        {
            report.Failed(path, piece.At, $"{name} is a map from each one's name to its settings, not {piece.Is}. Write the name, a colon, and the settings below it.");
            return null;
        }

        var items = NewList(item);
        foreach (var entry in map.Entries)
        {
            var at = $"{path}[{items.Count}]";
            report.Written(at, entry.At);
            var record = Record(item, entry.Value, at, $"'{entry.Key}'", entry.At);
            RecordShape.Of(item).FromKey!.SetValue(record, entry.Key);
            items.Add(record);
        }

        return items;
    }

    private IDictionary? Map(Type element, YamlPiece piece, string path, string name)
    {
        if (piece is not YamlMap map)
        {
            report.Failed(path, piece.At, $"{name} is a map, not {piece.Is}. Write a key, a colon and what belongs to it.");
            return null;
        }

        var values = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), element))!;
        foreach (var entry in map.Entries)
        {
            var at = $"{path}.{entry.Key}";
            report.Written(at, entry.At);
            // A word without a value may be the secret itself; see above.
            var called = entry.Value is YamlText { IsNothing: true } ? $"what stands in {name}" : $"'{entry.Key}'";
            if (Value(element, entry.Value, at, called, entry.At) is { } value)
            {
                values[entry.Key] = value;
            }
        }

        return values;
    }

    /// <summary>A key that exists one level deeper: " It belongs in 'verification'."</summary>
    private static string? Belongs(Type type, string key) =>
        RecordShape.Of(type).Keys.FirstOrDefault(x => RecordShape.IsRecord(x.Type) && x.Type != typeof(Secrets.SecretReference) && RecordShape.Of(x.Type).Find(key) is not null) is { } inner
            ? $" It belongs in '{inner.Name}'."
            : null;

    private static object Blank(Type type)
    {
        var record = Activator.CreateInstance(type)!;
        foreach (var key in RecordShape.Of(type).Keys.Where(x => x.IsRequired))
        {
            key.Property.SetValue(record, Placeholder(key.Type));
        }

        RecordShape.Of(type).FromKey?.SetValue(record, "");
        return record;
    }

    private static object? Placeholder(Type type) =>
        type == typeof(string) ? ""
        : RecordShape.ItemOf(type) is { } item ? NewList(item)
        : RecordShape.IsRecord(type) && type != typeof(Secrets.SecretReference) ? Blank(type)
        : type.IsValueType ? Activator.CreateInstance(type)
        : null;

    private static IList NewList(Type item) => (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(item))!;

    private static string Join(string path, string property) => path.Length == 0 ? property : $"{path}.{property}";

    private static string What(Type type) =>
        type == typeof(TimeSpan) ? "a duration such as 30s"
        : type == typeof(int) ? "a number"
        : type == typeof(bool) ? "true or false"
        : type == typeof(Uri) ? "a URL"
        : type == typeof(Secrets.SecretReference) ? "a secret reference such as \"${env:NAME}\""
        : type.IsEnum ? $"one of {string.Join(", ", Values.Words(type))}"
        : "a single value";
}
