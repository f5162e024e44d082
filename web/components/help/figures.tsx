type FiguresProps = {
  heads: readonly string[];
  /** Undefined before they are known. */
  rows: readonly (readonly string[])[] | undefined;
  /** The last column holds words, which begin where the others do, and not numbers. */
  isText?: boolean;
};

/** A small table of numbers. */
export function Figures({ heads, rows, isText = false }: FiguresProps) {
  const atEnd = isText ? "" : "last:text-end";
  return (
    <table className="amount w-full text-[0.94rem]">
      <thead>
        <tr className="border-b border-line">
          {heads.map((head) => (
            <th
              key={head}
              scope="col"
              className={`py-2 pe-4 text-start text-[0.82rem] font-normal text-soft last:pe-0 ${atEnd}`}
            >
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows ? (
          rows.map(([first, ...others]) => (
            <tr key={first} className="border-b border-line">
              <th scope="row" className="py-2.5 pe-4 text-start align-top font-medium">
                {first}
              </th>
              {others.map((cell, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
                <td key={index} className={`py-2.5 pe-4 align-top last:pe-0 ${atEnd}`}>
                  {cell}
                </td>
              ))}
            </tr>
          ))
        ) : (
          <tr>
            <td colSpan={heads.length} className="py-2.5">
              <span className="skeleton block h-24 w-full" />
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
