/** The path of a webhook, with the address that it makes and a request to try it with. */

import { hasErrors } from '@millrace/pipeline'
import { Copy } from 'lucide-react'
import type { ReactNode } from 'react'
import { useSession } from '../../editor/session.tsx'
import { ownValueOf } from '../field-value.ts'
import { type ConfigFieldProps, problemsAt, useForm } from '../form-context.ts'
import { curlRequest, hookAddress } from './hook-request.ts'
import { TextField } from './scalar-fields.tsx'
import './hook-path-field.css'

export default function HookPathField(props: ConfigFieldProps): ReactNode {
  const { env } = useSession()
  const { config, problems } = useForm()
  const { value } = props
  const path = typeof value === 'string' ? value : ''
  const isRefused = hasErrors(problemsAt(problems, props.path, 'exact'))
  const address = hookAddress(location.origin, path)
  const isSigned = ownValueOf(config, 'signature') !== undefined
  return (
    <>
      <TextField {...props} />
      {path === '' || isRefused ? null : (
        <div className="hook-place">
          <Copied what="The address" text={() => address} shown={address} />
          {isSigned ? (
            <p>Requests must carry a signature. “How it works” says which.</p>
          ) : (
            <Copied
              what="The request"
              text={() => curlRequest(address, ownValueOf(config, 'schema'), env.nowMs())}
              shown={curlRequest(address, ownValueOf(config, 'schema'), env.nowMs())}
            />
          )}
          <p>It answers from the first start of the pipeline on.</p>
        </div>
      )}
    </>
  )
}

interface CopiedProps {
  readonly what: string
  readonly shown: string
  /** Made when it is copied, since it may tell the time. */
  readonly text: () => string
}

function Copied({ what, shown, text }: CopiedProps): ReactNode {
  const { workbench } = useSession()
  const copy = (): void => {
    navigator.clipboard.writeText(text()).then(
      () => workbench.notify({ kind: 'done', title: `${what} is copied.` }),
      () =>
        workbench.notify({
          kind: 'refused',
          title: 'Not copied: the browser does not let this page write to the clipboard.',
        }),
    )
  }
  return (
    <div className="hook-line">
      <code className="mono" title={shown}>
        {shown}
      </code>
      <button
        type="button"
        className="button quiet icon"
        aria-label={`Copy ${what.toLowerCase()}`}
        title={`Copy ${what.toLowerCase()}`}
        onClick={copy}
      >
        <Copy size={13} aria-hidden />
      </button>
    </div>
  )
}
